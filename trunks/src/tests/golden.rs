//! Texts that are kept and compared: `UPDATE_GOLDEN=1` writes them anew, to be read as a diff.

use std::path::Path;

/// Compares with `golden/NAME`, or writes it.
pub(crate) fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{} differs; UPDATE_GOLDEN=1 writes it anew.\n{text}", path.display());
}
