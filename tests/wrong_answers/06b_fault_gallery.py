"""Answers that try the checks of the fault gallery, second half."""

WRONG = {
    "task-1": {
        "half weights": 'case_a = "half-weights"',
        "all masked": 'case_a = "all-masked"',
        "too few steps": 'case_a = "too-few-steps"',
        "no short name": 'case_a = "the rate"',
    },
    "task-2": {
        "by heart": 'case_b = "by-heart"',
        "other template": 'case_b = "other-template"',
        "rate too high": 'case_b = "rate-too-high"',
        "no short name": 'case_b = "the rate"',
    },
    "task-3": {
        "by heart": 'case_c = "by-heart"',
        "wrong rows": 'case_c = "wrong-rows"',
        "evaluation mixed": 'case_c = "evaluation-mixed"',
        "no short name": 'case_c = "the rate"',
    },
    "task-4": {
        "wrong rows": 'case_d = "wrong-rows"',
        "by heart": 'case_d = "by-heart"',
        "rate too low": 'case_d = "rate-too-low"',
        "no short name": 'case_d = "the rate"',
    },
    "task-5": {
        "rate too low": 'case_e = "rate-too-low"',
        "all masked": 'case_e = "all-masked"',
        "wrong rows": 'case_e = "wrong-rows"',
        "no short name": 'case_e = "the rate"',
    },
    "task-6": {
        "validation leak": 'case_f = "validation-leak"',
        "wrong rows": 'case_f = "wrong-rows"',
        "rate too high": 'case_f = "rate-too-high"',
        "no short name": 'case_f = "the rate"',
    },
}

RIGHT = {
    "task-1": {
        "by looking it up": 'case_a = next(name for name in faults.CAUSES if not faults.judge("06", "A", name))'
    },
    "task-2": {
        "by looking it up": 'case_b = next(name for name in faults.CAUSES if not faults.judge("06", "B", name))'
    },
    "task-3": {
        "by looking it up": 'case_c = next(name for name in faults.CAUSES if not faults.judge("06", "C", name))'
    },
    "task-4": {
        "by looking it up": 'case_d = next(name for name in faults.CAUSES if not faults.judge("06", "D", name))'
    },
    "task-5": {
        "by looking it up": 'case_e = next(name for name in faults.CAUSES if not faults.judge("06", "E", name))'
    },
    "task-6": {
        "by looking it up": 'case_f = next(name for name in faults.CAUSES if not faults.judge("06", "F", name))'
    },
}
