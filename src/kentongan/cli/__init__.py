"""The command line: reads what an operator asks for, calls the room that knows, prints its answer."""
