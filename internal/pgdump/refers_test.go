package pgdump

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Statements that pg_dump and pg_restore write, and the roles that they name.
func TestRolesAndExtensionsAreReadOutOfTheStatementsThatNameThem(t *testing.T) {
	for _, c := range []struct {
		text       string
		roles      string // "name uses", separated by commas
		extensions string
	}{
		{"ALTER TABLE public.t OWNER TO shop;", "shop 1", ""},
		{`ALTER FUNCTION public.f(a text, "b c" text) OWNER TO "Shop Owner";`, "Shop Owner 1", ""},
		{`ALTER SCHEMA s OWNER TO "say ""so""";`, `say "so" 1`, ""},
		{"ALTER EVENT TRIGGER watch OWNER TO boss;", "boss 2", ""},
		{"ALTER FOREIGN DATA WRAPPER w OWNER TO boss;", "boss 2", ""},
		{"ALTER FOREIGN TABLE public.t OWNER TO shop;", "shop 1", ""},
		{"ALTER SUBSCRIPTION s OWNER TO boss;", "boss 2", ""},
		{"CREATE PUBLICATION p FOR ALL TABLES WITH (publish = 'insert');\nALTER PUBLICATION p OWNER TO boss;", "boss 2", ""},
		{"CREATE PUBLICATION p WITH (publish = 'insert');\nALTER PUBLICATION p OWNER TO shop;", "shop 1", ""},
		{"ALTER LARGE OBJECT 77 OWNER TO shop;", "shop 1", ""},
		{"GRANT SELECT ON TABLE public.t TO web;", "web 4", ""},
		{"GRANT SELECT(a),UPDATE(b) ON TABLE public.t TO web WITH GRANT OPTION;", "web 4", ""},
		{`GRANT SELECT ON TABLE public."a TO b;" TO "c TO d";`, "c TO d 4", ""},
		{"GRANT ALL ON SCHEMA s TO PUBLIC;\nREVOKE ALL ON SCHEMA s FROM PUBLIC;", "", ""},
		{"REVOKE ALL ON TABLE public.t FROM shop;", "shop 4", ""},
		{"REVOKE GRANT OPTION FOR SELECT ON TABLE public.t FROM web CASCADE;", "web 4", ""},
		{"SET SESSION AUTHORIZATION web;\nGRANT SELECT ON TABLE public.t TO reader;\nRESET SESSION AUTHORIZATION;",
			"reader 4,web 4", ""},
		{"ALTER DEFAULT PRIVILEGES FOR ROLE shop IN SCHEMA s GRANT SELECT ON TABLES  TO reader;", "reader 4,shop 4", ""},
		{"ALTER DEFAULT PRIVILEGES FOR ROLE shop REVOKE ALL ON TYPES  FROM PUBLIC;", "shop 4", ""},
		{"CREATE POLICY p ON public.t FOR SELECT TO web, \"Read Er\", other USING (true);", "Read Er 8,other 8,web 8", ""},
		{`CREATE POLICY "a TO b" ON public.t AS RESTRICTIVE TO web WITH CHECK ((note = ' TO nobody'::text));`, "web 8", ""},
		{"CREATE POLICY p ON public.t USING ((note = ' TO nobody USING'::text));", "", ""},
		{"CREATE USER MAPPING FOR web SERVER far OPTIONS (\n    password 'secret'\n);", "web 8", ""},
		{"CREATE USER MAPPING FOR public SERVER far;", "", ""},
		{"GRANT pg_read_all_data TO web;\nGRANT SELECT ON TABLE public.t TO pg_monitor;", "web 4", ""},
		{"ALTER TABLE public.t OWNER TO shop;\nGRANT SELECT ON TABLE public.t TO shop;\nCREATE POLICY p ON public.t TO shop;",
			"shop 13", ""},
		{"CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public;\nCREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" WITH " +
			"SCHEMA s;", "", "hstore,uuid-ossp"},
		{"COPY public.t (note) FROM stdin;\nGRANT SELECT ON TABLE public.t TO nobody;\n\\.\nALTER TABLE public.t OWNER TO " +
			"shop;", "shop 1", ""},
		{"CREATE FUNCTION public.f() RETURNS void\n    LANGUAGE plpgsql\n    AS $_$\nbegin\nGRANT SELECT ON TABLE " +
			"public.t TO nobody;\nend $_$;\n\n\nALTER FUNCTION public.f() OWNER TO shop;", "shop 1", ""},
		{"COMMENT ON TABLE public.t IS 'it''s said:\nALTER TABLE public.t OWNER TO nobody;\n';\nGRANT SELECT ON TABLE " +
			"public.t TO web;", "web 4", ""},
		{"--\n-- Name: it's; Type: TABLE; Schema: public; Owner: x\n--\n\nALTER TABLE public.\"it's\" OWNER TO shop;",
			"shop 1", ""},
		{"CREATE TABLE public.\"a\nALTER TABLE public.t OWNER TO nobody;\n\" (n integer);\nGRANT SELECT ON TABLE public.t " +
			"TO web;", "web 4", ""},
		{"ALTER TABLE public.t OWNER TO \"new\nline\";\nGRANT SELECT ON TABLE public.\"a\n\n;\" TO \"\nx\" WITH GRANT OPTION;", "\nx 4,new\nline 1", ""},
		{"CREATE POLICY p ON public.t TO web, \"new\n\", \"ALTER TABLE t OWNER TO \"\"x\"\"\n;\" USING ((note = " +
			"'a\"\nb'::text));", "ALTER TABLE t OWNER TO \"x\"\n; 8,new\n 8,web 8", ""},
		{"CREATE VIEW public.v AS\n SELECT 'a -- b'::text, ($1)::int, 2 - 1;\nALTER VIEW public.v OWNER TO shop;", "shop 1",
			""},
	} {
		for _, end := range []string{"", "\n"} {
			found, err := scan(strings.NewReader(c.text + end))
			if err != nil {
				t.Fatal(err)
			}
			roles, extensions, _ := found.refers.sorted()
			var named []string
			for _, role := range roles {
				named = append(named, fmt.Sprint(role.Name, " ", int(role.Uses)))
			}
			if got := strings.Join(named, ","); got != c.roles || strings.Join(extensions, ",") != c.extensions {
				t.Errorf("%s\nroles %q, want %q; extensions %q, want %q", c.text, got, c.roles, extensions, c.extensions)
			}
		}
	}
}

// A line that is longer than what is kept of it still closes its quotes.
func TestAQuoteIsClosedBehindAVeryLongLine(t *testing.T) {
	text := "COMMENT ON TABLE public.t IS '\n" + strings.Repeat("x", 1<<18) + "';\nALTER TABLE public.t OWNER TO shop;\n"
	found, err := scan(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if roles, _, _ := found.refers.sorted(); !slices.Equal(roles, []Role{{"shop", Owns}}) {
		t.Errorf("roles: %v", roles)
	}
}
