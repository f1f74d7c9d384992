//go:build unix

package roundtrip_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// definitionGrammar is what random definitions are made of. {name} is an expression of that name. ‹a¦b› is a place
// where a definition and its mutation differ: the one has a, the other b. § stands before a column.
//
// Words before a colon say where a line may be used: a number, from that major on; deep, while there is depth left;
// col, where columns can be read; not, where they cannot; sub, where there may be a subquery; free, where functions
// need not be immutable; made, where types that somebody made are allowed.
//
// "is document" never stands alone: as a key of an index or a partition PostgreSQL prints it without the parentheses
// that it needs.
const definitionGrammar = `
bool
	deep: ({bool}) ‹and¦or› ({bool})
	deep: {bool} ‹and¦or› {bool}
	deep: {bool} and {bool} ‹and¦or› {bool}
	col: ‹(§i > 1 or §j > 2)¦§i > 1 or §j > 2› and {num} > 3
	col: ‹not (§i > 1 and §j = 2)¦not §i > 1 and §j = 2›
	col: (§i, §j) ‹in ((1, 2), (3, 4))¦in ((1, 2), (4, 3))›
	col: §‹t¦t::char(3)› {cmp} {slit}
	col: §at::‹date¦timestamp› < '2024-01-01'
	col: ‹(§i = 1) is not null¦§i = (1 is not null)::int›
	deep: ({bool} or ({bool} ‹or¦and› {bool}))
	deep: not ({bool})
	deep: case when {bool} then {bool} else ‹true¦false› end
	deep: ({bool}) is ‹not true¦not false›
	deep: coalesce({bool}, ‹true¦false›)
	{num} {cmp} {num}
	{int} {cmp} {int}
	{big} {cmp} {int}
	{int} {cmp} {num}
	{text} {cmp} {text}
	{var} {cmp} {var}
	{day} {cmp} {day}
	{int} between {ilit} and {ilit}
	{num} ‹between¦not between› {nlit} and {nlit}
	{int} not between symmetric {ilit} and {ilit}
	{day} between {dlit} and {dlit} and {int} > {ilit}
	{var} in ({slit}, {slit})
	{var} ‹in¦not in› ({slit}, {slit}, {slit})
	{char} in ({slit}, {slit})
	{text} not in ({slit}, {slit})
	{name} in ({slit}, {slit})
	made: {enum} in ({elit}, {elit})
	made: {enum} ‹<¦>=› {elit}
	{int} in ({ilit}, {ilit})
	{int} in ({ilit}, {int}, {ilit})
	{num} in ({ilit}, {nlit})
	{big} in ({ilit}, 10000000000)
	{day} in ({dlit}, {dlit})
	{var} in ({slit}, null)
	{var} = any (array[{slit}, {slit}])
	{var} = any (array[{slit}, {slit}]::varchar[])
	{var}::text = any (array[{slit}, {slit}]::varchar[])
	{var}::text = any ((array[{slit}::varchar, {slit}::varchar])::text[])
	{char}::text in ({slit}, {slit})
	{num} = any (array[{ilit}, {ilit}])
	{int} = any (array[{ilit}, {ilit}]::bigint[])
	{text} ‹= any¦<> all› (array[{text}, {slit}])
	{var} = any ('{a,‹b¦c›}')
	{tags} && array[{slit}, {slit}]::varchar[]
	{codes} && array[{slit}, {slit}]::varchar[]
	{codes} @> array[{slit}]::varchar[]
	{tags} <@ array[{slit}, {text}]
	array[{var}] <@ array[{slit}, {slit}]::text[]
	{codes} = array[{slit}]::varchar[]
	{nums} @> array[{ilit}, {int}]
	({int}, {var}) ‹<¦>› ({ilit}, {slit})
	({int}, {num}) in (({ilit}, {nlit}), ({ilit}, {ilit}))
	({int}, {text}) = ({ilit}, {slit})
	({int}, {num}) is distinct from ({ilit}, {nlit})
	{var} is ‹distinct¦not distinct› from {slit}
	{num} is ‹null¦not null›
	({int} = {ilit}) is ‹true¦unknown›
	{var} ‹like¦ilike› {pattern}
	{text} not like {pattern}
	{text} ‹~~*¦!~~*› {pattern}
	{var} similar to ‹'a|b'¦'a|c'›
	{text} ‹~¦!~*› '^[a-z]'
	{text} like any (array[{pattern}, {pattern}])
	{var} collate "C" ‹<¦>› {slit}
	{var} is normalized
	{js} ‹?¦?|› {keys}
	{js} @> '{"a": ‹1¦2›}'
	{js} ->> ‹'a'¦'b'› = {slit}
	({js} -> 'a' ->> {ilit})::int {cmp} {ilit}
	{js} ‹@?¦@@› '$.a ? (@ > 0)'
	jsonb_typeof({js}) in ({slit}, 'object')
	extract(‹year¦month› from {day}) {cmp} {ilit}
	extract(‹epoch¦hour› from {ts})::bigint > {ilit}
	date_part('‹day¦dow›', {ts}) > {nlit}
	free: {tz}::date ‹=¦<› {dlit}
	free: {tz} {cmp} now() - {iv}
	free: {day} > current_date - {ilit}
	({tz} at time zone {zone})::time > '‹10¦11›:00'
	{ts} between '2024-01-01' and '‹2024¦2025›-12-31'
	({ts}, {ts}) overlaps ({ts}, {iv})
	{int} > 0 or {xml} is ‹document¦not document›
	length({text}) between {ilit} and {ilit}
	{text} ^@ {slit}
	-{int} {cmp} {ilit}
	@ {int} ‹>¦<› - {ilit}
	{int} & {ilit} ‹=¦<>› 0
	16: {text} is json ‹object¦array›
	sub: {int} in (select ‹i¦j› from base)
	sub: exists (select from base as b where b.‹i¦j› = {int})
	sub: exists (select null from base as b where b.v in ({slit}, {slit}))
	sub: exists (select ‹'z'¦'q'›)
	sub: {int} ‹> all¦<> all› (select j from base where v = {slit})
	sub: ({int}, {text}) ‹in¦not in› (select 1, 'a')
	sub: {int} = (select ‹max¦min›(i) from base where {bool0})
	col, sub, deep: exists (with c as (select {ilit} as n union all select {int}) select 1 from c where c.n {cmp} {ilit})
bool0
	v in ({slit}, {slit})
	i between {ilit} and {ilit} and n > {nlit}
cmp
	‹=¦<>›
	‹<¦<=›
	‹>¦>=›
ilit
	‹1¦2›
	‹3¦30›
	‹-1¦-2›
	‹0¦-5›
	‹100¦101›::int
nlit
	‹1.5¦1.6›
	‹-2.5¦2.5›
	‹-2.5¦-2.6›::numeric
	‹1.0¦1.00›
	'‹7¦8›'::numeric(5,1)
	cast(‹3¦4› as numeric)
slit
	‹'a'¦'b'›
	‹'it''s'¦'its'›
	‹'x y'¦'x  y'›
	‹'new'¦'paid'›
	‹'\n'¦'\t'›
	‹'(VALUES '¦'( VALUES '›
	‹''¦' '›
elit
	‹'sad'¦'ok'›
	‹'happy'¦'sad'›::mood
dlit
	‹'2024-01-01'¦'2024-01-02'›
	date ‹'2023-05-05'¦'2023-05-06'›
	'‹2022¦2021›-02-03'::date
pattern
	‹'a%'¦'b%'›
	‹'%x_'¦'%x%'›
	‹'\%a'¦'%a'›
keys
	‹'a'¦'b'›
zone
	‹'UTC'¦'Europe/Amsterdam'›
iv
	interval '‹1¦2› day'
	'‹1¦3› hours'::interval(0)
	interval ‹'1-2'¦'1-3'› year to month
int
	col: §‹i¦j›
	not: {ilit}
	deep: ({int} ‹+¦-› {int})
	col: (§i - ‹(§j - 1)¦§j - 1›)
	col: ‹(§i + §j) * 2¦§i + §j * 2›
	col: (§j ‹/ (§i * 3)¦/ §i * 3›)
	col: ‹(§n * 2)::int¦§n::int * 2›
	deep: {int} ‹*¦+› ({int} - {ilit})
	deep: -({int})
	deep: coalesce({int}, {ilit})
	deep: nullif({int}, {ilit})
	deep: ‹greatest¦least›({int}, {ilit}, {int})
	deep: case {var} when {slit} then {int} when {slit} then {ilit} end
	deep: case when {bool} then {int} else {ilit} end
	deep: length({text})
	deep: {num}::int
	deep: (array[{int}, {ilit}])[‹1¦2›]
	deep: cardinality({tags})
	deep: position({slit} in {text})
	deep: abs({int})
	sub: (select ‹max¦min›(b.i) from base as b)
big
	col: §‹big¦wide›
	not: {ilit}::bigint
	deep: {int}::bigint
	deep: ({big} ‹+¦-› {int})
num
	col: §‹n¦m›
	not: {nlit}
	deep: {num} ‹+¦-› {num}
	deep: ({num} ‹*¦/› {nlit})
	col: ‹§n¦§n::numeric(8,1)›
	col: ‹(- §n) ^ 2¦- (§n ^ 2)›
	col: ‹§n * (§m + 1.5)¦§n * §m + 1.5›
	deep: {int}::numeric
	deep: {int}::numeric(‹5¦6›,1)
	deep: {num}::numeric(8,2)
	deep: round({num}, ‹1¦2›)
	deep: coalesce({num}, {ilit})
	deep: greatest({int}, {num}, {ilit})
	deep: 2 ^ {num}
	deep: case when {bool} then {num} else {ilit} end
text
	col: §‹t¦u›
	not: {slit}
	deep: {var}::text
	deep: ({text} || {slit})
	col: §‹t::varchar(3)¦t›::text
	col: ‹(§t || §u)::varchar(4)¦§t || §u::varchar(4)›::text
	deep: {slit} || {text}
	deep: ‹lower¦upper›({text})
	deep: lower({var})
	deep: coalesce({text}, {slit})
	deep: substring({text} from {ilit} for ‹2¦3›)
	deep: substring({text}, ‹2¦3›)
	deep: overlay({text} placing {slit} from ‹1¦2›)
	deep: trim(‹leading¦trailing› 'x' from {text})
	deep: {js} ->> {keys}
	deep: ({js} #>> '{a,‹b¦c›}')
	deep: case when {bool} then {text} else {slit} end
	deep: ({tags})[‹1¦2›]
	deep: replace({text}, {slit}, {slit})
	deep: normalize({text})
	deep, sub: (select string_agg(b.t, {slit} order by b.‹i¦j› desc) from base as b)
var
	col: §‹v¦w›
	not: {slit}::varchar
	deep: coalesce({var}, {slit})
	deep: nullif({var}, {slit})
	deep: {text}::varchar(‹5¦6›)
char
	col: §‹c¦d›
	not: {slit}::char(3)
	deep: {var}::char(‹2¦4›)
name
	col: §‹na¦nb›
	not: {slit}::name
enum
	col, made: §‹e¦f›
	not, made: {elit}
day
	col: §‹day¦due›
	not: {dlit}::date
	deep: {day} + {ilit}
	deep: {ts}::date
	deep: ({day} ‹-¦+› {ilit})
ts
	col: §‹ts¦ts2›
	not: timestamp '‹2024¦2025›-01-01 00:00'
	deep: {ts} + {iv}
	deep: date_trunc('‹day¦hour›', {ts})
	deep: {tz} at time zone {zone}
tz
	col: §‹at¦till›
	not: timestamptz '‹2024¦2025›-01-01 00:00+00'
	deep, free: {tz} - {iv}
	deep: {ts} at time zone {zone}
js
	col: §‹js¦kj›
	not: '{"a": ‹1¦2›}'::jsonb
	deep: {js} -> {keys}
	deep: ({js} - {keys})
	deep: jsonb_build_array({int}, {num})
tags
	col: §‹tags¦tags2›
	not: array[{slit}]::text[]
	deep: coalesce({tags}, '{}')
	deep: {codes}::text[]
	deep: {tags} || {slit}
	deep: string_to_array({text}, ‹','¦';'›)
	deep: (array[{var}, {text}])[‹1¦2›:3]
codes
	col: §‹codes¦codes2›
	not: array[{slit}, 'x']::varchar[]
	deep: array[{var}, {slit}]::varchar[]
nums
	col: §‹nums¦nums2›
	not: '{1,‹2¦3›}'::int[]
	deep: array[{int}, {ilit}]
xml
	col: §‹x¦y›
	not: xmlelement(name ‹a¦b›, xmlattributes({int} as z))
	free: xmlparse(‹content¦document› '<a/>')
any
	{bool}
	{int}
	{num}
	{text}
	{var}
	{char}
	{day}
	{ts}
	{js}
	{tags}
	{nums}
	{big}
	free: {tz}
	free: row({int}, {text})
	free: to_char({ts}, ‹'YYYY'¦'MM'›)
	free: concat({text}, {int})
	free: {text} || {int}
	free: 'x' || {var}
	made: ({enum})
	made: array[{enum}, {elit}]
	free, made: row({int}, {var})::pair
	free, made: (row({int}, {var})::pair).‹a¦b›
	free: xmlforest({text} as ‹a¦b›)
	free: xmlserialize(content {xml} as ‹text¦varchar›)
	16, free: json_object('k': {int}, 'q': {text} ‹absent¦null› on null)
	16, free: json_array({int}, {text} null on null)
	17, free: json_value({js}, '$.‹a¦b›' returning int default {ilit} on empty)
	17, free: json_query({js}, '$.a' with ‹wrapper¦conditional wrapper›)
	17, free: json_exists({js}, '$.‹a¦b›')
	sub: array(select ‹i¦j› from base order by i)
	sub: (select row(b.id, b.v) from base as b limit ‹1¦2›)
query
	select {any} as a, {any} as b from base as t where {bool}
	select t.id, {any} as a from base as t where {bool} order by t.v collate "C" desc, t.i using > nulls ‹last¦first› limit {ilit}
	select * from (select {any} as a from base as t where {bool}) as s
	select t.id, o.v from (base as t join base as o using (id)) left join (select id, v from base where v in ({slit}, {slit})) as z on z.id = t.id and {bool}
	select t.* from base as t natural join (select id, v from base) as o where {bool}
	select t.v, count(*) filter (where {bool}) as a, sum(t.n) over (partition by t.v order by t.i rows between ‹1¦2› preceding and current row) as b, string_agg(t.v, {slit} order by t.v) as c from base as t group by t.v, t.n, t.i having count(*) between {ilit} and 5 and max(t.i) > 0
	select count(distinct t.‹v¦w›) as c, percentile_disc({pct}) within group (order by t.n) as d, avg(t.n)::numeric(10,2) as e from base as t where {bool}
	select t.id, lag(t.v, {ilit}, 'q') over w as a from base as t where {bool} window w as (partition by t.c order by t.‹id¦i›)
	with recursive r(k, p) as (select 1, 'a'::varchar union all select k + 1, (p || {slit})::varchar from r where k < {ilit}) select * from r
	with c as {mat} (select t.id, {any} as a from base as t where {bool}) select c.id from c where c.id {cmp} {ilit}
	select id from base as t where {bool} ‹union¦union all› select i from base as t where {bool}
	(select id from base as t where {bool} union select j from base) ‹except¦intersect› (select {ilit}) order by 1
	select id from base as t ‹union (select i from base except select j from base)¦union select i from base except select j from base›
	select ‹'x'¦'y'› as a union select v from base union all (select c from base order by 1 limit 1)
	select 1 as a union all select {nlit} union all select null
	select x.*, t.id as tid from base as t, lateral unnest(t.tags) with ordinality as x(w, o) where {bool}
	select l.* from base as t cross join lateral (select {any} as a where t.id {cmp} {ilit}) as l
	select grouping(t.v, t.i) as g, t.v, t.i from base as t where {bool} group by grouping sets ((t.v, t.i), rollup (t.v), ‹()¦(t.i)›)
	select distinct on (t.v) t.v, t.id from base as t where {bool} order by t.v, t.id ‹desc¦asc› nulls last limit (1 + {ilit}) offset 0
	values ({ilit}, {slit}::varchar), (2, 'y')
	select * from (values ({ilit}, {slit}), (2, 'y')) as w(a, b) where w.a {cmp} {ilit}
	select t.*::text as w, (t).‹i¦j› as i2, t as whole from base as t where {bool}
	select * from json_to_record('{"a":‹1¦2›}') as r(a int, b varchar(4), c numeric(12,4)), generate_series(1, {ilit}) as gs(n)
	select * from rows from (unnest(array[{ilit}, 2]), unnest(array['a', {slit}])) as rf(p, q)
	select xmltable.a from xmltable('/r' passing {xmlc} columns a text path ‹'a'¦'b'›) where {bool1}
	select q.* from base as t, xmltable('/a' passing t.x columns q int path 'b' default {ilit}, o for ordinality) as q where {bool}
	select id, tableoid::regclass as r from only base as t tablesample bernoulli ({ilit2}) where {bool} for update
	17: select k.* from base as t, json_table(t.js, '$[*]' columns (a int path '$.‹a¦b›', nested path '$.k' columns (c text path '$'))) as k where {bool}
	select (t.*) is null as a, t = t as b, to_jsonb(t) - {slit} as c from base as t where {bool}
	select {any} as a from base as t, base as o where t.id = o.‹id¦i› and o.n in ({ilit}, {nlit})
	select case t.v when {slit} then t.n else {ilit} end as k, interval(3) '‹1¦2›.123456 s' as b, varchar(3) {slit} as e, char 'x' as f, 'x'::bpchar as h, 1::bool as l, 'abc'::name as m from base as t
pct
	0.‹5¦6›
mat
	‹materialized¦not materialized›
xmlc
	xmlparse(content '<r/>')
	'<r/>'::xml
bool1
	‹true¦false›
ilit2
	‹10¦20›
`

// A production is one line of the grammar, with the places where it may be used.
type production struct {
	since                                int
	isDeep, col, not, sub, isFree, isOwn bool
	text                                 string
}

var grammar = parseGrammar(definitionGrammar)

var grammarLine = regexp.MustCompile(`^(?:((?:\d+|deep|col|not|sub|free|made)(?:, (?:\d+|deep|col|not|sub|free|made))*): )?(.+)$`)

func parseGrammar(text string) map[string][]production {
	rules, name := map[string][]production{}, ""
	for line := range strings.Lines(strings.TrimSpace(text)) {
		line = strings.TrimRight(line, "\n")
		indented, isProduction := strings.CutPrefix(line, "\t")
		if !isProduction {
			name = line
			continue
		}
		m := grammarLine.FindStringSubmatch(indented)
		words := strings.Split(m[1], ", ")
		p := production{text: m[2], isDeep: slices.Contains(words, "deep"), col: slices.Contains(words, "col"),
			not: slices.Contains(words, "not"),
			sub: slices.Contains(words, "sub"), isFree: slices.Contains(words, "free"), isOwn: slices.Contains(words, "made")}
		for _, word := range words {
			if n, err := strconv.Atoi(word); err == nil {
				p.since = n
			}
		}
		rules[name] = append(rules[name], p)
	}
	return rules
}

// A place is where a definition may be used, which decides what it may contain.
type place struct {
	major   int
	columns string // stands before columns: "", "t.", "new."; "-" where there are none
	value   string // the kind of expression that is called "value", in a domain
	sub     bool   // subqueries are allowed
	isFree  bool   // functions need not be immutable
	isOwn   bool   // types that somebody made are allowed
}

func (at place) allows(p production, depth int) bool {
	hasColumns := at.columns != "-"
	return p.since <= at.major && (depth > 0 || !p.isDeep) && (hasColumns || !p.col) && (!hasColumns || !p.not) &&
		(at.sub || !p.sub) && (at.isFree || !p.isFree) && (at.isOwn || !p.isOwn)
}

var (
	nonterminal = regexp.MustCompile(`\{[a-z]+[0-9]?\}`)
	spot        = regexp.MustCompile(`‹([^›]*)¦([^›]*)›`)
)

// expand returns a random expression of that name, with its spots still in it.
func (at place) expand(random *rand.Rand, name string, depth int) string {
	if name == at.value && random.IntN(3) > 0 {
		return "value"
	}
	fitting := slices.DeleteFunc(slices.Clone(grammar[name]), func(p production) bool { return !at.allows(p, depth) })
	if len(fitting) == 0 {
		panic(fmt.Sprintf("the grammar has no {%s} for %+v", name, at))
	}
	text := fitting[random.IntN(len(fitting))].text
	text = nonterminal.ReplaceAllStringFunc(text,
		func(inner string) string { return at.expand(random, strings.Trim(inner, "{}"), depth-1) })
	return strings.ReplaceAll(text, "§", at.columns)
}

// settle decides on one spot of a text that has some, at random: it returns the text, and the text that differs there.
func settle(random *rand.Rand, text string) (one, other string, ok bool) {
	spots := spot.FindAllStringIndex(text, -1)
	if spots == nil {
		return "", "", false
	}
	at := spots[random.IntN(len(spots))]
	choose := func(text string, n string) string { return spot.ReplaceAllString(text, n) }
	before, here, after := choose(text[:at[0]], "$1"), text[at[0]:at[1]], choose(text[at[1]:], "$1")
	return before + choose(here, "$1") + after, before + choose(here, "$2") + after, true
}
