package conninfo

// keywords are libpq's connection keywords up to PostgreSQL 18, and the alias "database".
var keywords = set(
	"application_name", "channel_binding", "client_encoding", "connect_timeout", "database", "dbname",
	"fallback_application_name", "gssdelegation", "gssencmode", "gsslib", "host", "hostaddr", "keepalives",
	"keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname", "load_balance_hosts",
	"max_protocol_version", "min_protocol_version", "oauth_client_id", "oauth_client_secret", "oauth_issuer",
	"oauth_scope", "options", "passfile", "password", "port", "replication", "require_auth", "requirepeer",
	"requiressl", "scram_client_key", "scram_server_key", "service", "servicefile", "ssl_max_protocol_version",
	"ssl_min_protocol_version", "sslcert", "sslcertmode", "sslcompression", "sslcrl", "sslcrldir", "sslkey",
	"sslkeylogfile", "sslmode", "sslnegotiation", "sslpassword", "sslrootcert", "sslsni", "target_session_attrs",
	"tcp_user_timeout", "user",
)

// secret are the keywords whose values are never shown. libpq reads only the password from an environment variable.
var secret = set("password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret")

// inEnvironment are the keywords that programs get through the environment: the password, because anyone can read an
// argument, and keywords that older programs do not accept as an argument.
var inEnvironment = map[string]string{
	"password": "PGPASSWORD", "require_auth": "PGREQUIREAUTH", "sslnegotiation": "PGSSLNEGOTIATION",
	"servicefile": "PGSERVICEFILE", "sslcertmode": "PGSSLCERTMODE", "sslcrldir": "PGSSLCRLDIR", "sslsni": "PGSSLSNI",
	"load_balance_hosts": "PGLOADBALANCEHOSTS", "gssdelegation": "PGGSSDELEGATION",
	"min_protocol_version": "PGMINPROTOCOLVERSION", "max_protocol_version": "PGMAXPROTOCOLVERSION",
}

// fromEnvironment are libpq's variables that fill what a connection string leaves open. Variables for authentication
// (PGPASSFILE, PGSSLCERT ...) stay in the environment, where libpq and pgx both find them.
var fromEnvironment = map[string]string{
	"PGHOST": "host", "PGHOSTADDR": "hostaddr", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password",
	"PGDATABASE": "dbname", "PGSSLMODE": "sslmode", "PGCONNECT_TIMEOUT": "connect_timeout",
	"PGTARGETSESSIONATTRS": "target_session_attrs", "PGREQUIREPEER": "requirepeer",
	"PGSSLMINPROTOCOLVERSION": "ssl_min_protocol_version", "PGSSLMAXPROTOCOLVERSION": "ssl_max_protocol_version",
	"PGSSLCERTMODE": "sslcertmode", "PGSSLCRLDIR": "sslcrldir", "PGSSLSNI": "sslsni",
}

// libpqOnly are the keywords that pgx does not know and would send to the server as settings.
var libpqOnly = set(
	"client_encoding", "fallback_application_name", "gssdelegation", "gssencmode", "gsslib", "hostaddr",
	"keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "load_balance_hosts",
	"oauth_client_id", "oauth_issuer", "oauth_scope", "replication", "requirepeer", "requiressl",
	"ssl_max_protocol_version", "ssl_min_protocol_version", "sslcompression", "sslcrl", "sslcrldir",
	"sslkeylogfile", "tcp_user_timeout",
)

func set(names ...string) map[string]bool {
	s := map[string]bool{}
	for _, name := range names {
		s[name] = true
	}
	return s
}
