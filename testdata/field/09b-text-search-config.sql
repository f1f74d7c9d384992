-- 09b-text-search-config: a materialized view that parses text by the default configuration of the server.
--
-- Server    default_text_search_config=pg_catalog.german
-- Names     restored under settings of the source
create table doc (id int primary key, body text); insert into doc values (1,'die laufenden Katzen'),(2,'a dog ran');
create materialized view m_search as select id, to_tsvector(body) as v from doc;
