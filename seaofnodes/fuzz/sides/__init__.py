"""What is compared: interpreter, evaluator, engines, peers."""
