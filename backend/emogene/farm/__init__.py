"""Job templates for render farms whose engines exist already: Open Job Description and Flamenco."""
