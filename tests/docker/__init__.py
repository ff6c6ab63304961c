"""A Neo4j in Docker, for the tests that start one."""
