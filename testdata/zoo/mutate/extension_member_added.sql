-- extension_member_added.sql: zoo.text_to_pair of hstore: somebody's own function as a member.
-- Caught by  altered_objects, functions, privileges
alter extension hstore add function zoo.text_to_pair(text);
