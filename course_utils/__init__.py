"""Support package of the course: it draws, measures and checks; the training stays in the lessons."""
