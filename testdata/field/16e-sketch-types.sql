-- 16e-sketch-types: a sketch whose text form loses part of the value, beside types whose text is exact.
--
-- Needs     tdigest, numeral, pgmp, asn1oid, jsquery
-- Names     what the text form of public.tdigest does not hold: 1 row of public.n.td
create extension tdigest; create extension numeral; create extension pgmp; create extension asn1oid; create extension jsquery;
create table n (id int primary key, td tdigest, ro roman, z mpz, q mpq, o asn1oid);
insert into n values (1, (select tdigest(x, 100) from (select 1.0/g as x from generate_series(1,1000) g) s), 'XIV', '123456789012345678901234567890', '1/3', '1.3.6.1');
