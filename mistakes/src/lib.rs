//! What a user wrote wrongly, and where: file, line, column, snippet, nearest word.
