-- 14g-r2-custom-words-of-an-address: a custom row is carried, the sequence that numbered it is not.
--
-- Needs     address_standardizer_data_us
-- Names     the position of the sequence public.us_lex_id_seq of extension address_standardizer_data_us
-- Unnamed   rows of public.us_lex
create extension address_standardizer_data_us;
insert into us_lex (seq, word, stdword, token, is_custom) values (1, 'DORP', 'DORP', 1, true);
