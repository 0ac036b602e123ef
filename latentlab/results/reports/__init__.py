"""What stands in the report of each command, as types; the JSON Schemas in docs/schema are made from them."""
