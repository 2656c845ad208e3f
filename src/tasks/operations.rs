//! Operations as tasks: from typed inputs and decoded requests to messages.
