"""The pages of those who answer: the queue of a body, its reports, and the platform's administration."""
