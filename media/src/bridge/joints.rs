//! Who hears whom: each endpoint hears at most one other and is heard by at most one.

/// The joints between the endpoints of one thread, by place.
#[derive(Debug)]
pub(crate) struct Joints {
    hears: Vec<Option<u16>>,
    heard_by: Vec<Option<u16>>,
}

impl Joints {
    pub(crate) fn new(places: usize) -> Self {
        Self { hears: vec![None; places], heard_by: vec![None; places] }
    }

    /// Whom this one hears.
    pub(crate) fn hears(&self, place: u16) -> Option<u16> {
        self.hears.get(usize::from(place)).copied().flatten()
    }

    /// Who hears this one.
    pub(crate) fn heard_by(&self, place: u16) -> Option<u16> {
        self.heard_by.get(usize::from(place)).copied().flatten()
    }

    /// Lets `to` hear `from`, parting each from what it had on that side. Nobody hears himself.
    pub(crate) fn join(&mut self, from: u16, to: u16) {
        if from == to {
            return;
        }
        self.silence(from);
        self.deafen(to);
        set(&mut self.hears, to, Some(from));
        set(&mut self.heard_by, from, Some(to));
    }

    /// Nobody hears this one any more.
    pub(crate) fn silence(&mut self, place: u16) {
        if let Some(listener) = self.heard_by(place) {
            set(&mut self.hears, listener, None);
        }
        set(&mut self.heard_by, place, None);
    }

    /// This one hears nobody any more.
    pub(crate) fn deafen(&mut self, place: u16) {
        if let Some(speaker) = self.hears(place) {
            set(&mut self.heard_by, speaker, None);
        }
        set(&mut self.hears, place, None);
    }
}

fn set(table: &mut [Option<u16>], place: u16, value: Option<u16>) {
    if let Some(entry) = table.get_mut(usize::from(place)) {
        *entry = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_parts_both_from_whom_they_had_on_that_side() {
        let mut joints = Joints::new(4);
        joints.join(0, 1);
        joints.join(1, 0);
        joints.join(2, 1);
        assert_eq!((joints.hears(1), joints.heard_by(0), joints.heard_by(1)), (Some(2), None, Some(0)));
        joints.join(2, 3);
        assert_eq!((joints.hears(1), joints.hears(3)), (None, Some(2)));
    }

    #[test]
    fn nobody_hears_himself_and_strangers_do_not_exist() {
        let mut joints = Joints::new(1);
        joints.join(0, 0);
        joints.join(9, 9);
        assert_eq!(joints.heard_by(9), None);
        joints.deafen(0);
        joints.silence(0);
        assert_eq!((joints.hears(0), joints.heard_by(0)), (None, None));
    }
}
