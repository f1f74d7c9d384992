package origin

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/session"
)

// An OID that is multiplied is beyond the type oid as soon as a server has given some 400,000 of them, which no server
// of a test has.
func TestNumbersOfObjectsHaveRoom(t *testing.T) {
	ctx := context.Background()
	conn, err := pgtest.Server(t).Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, session.Statement(objectsSQL))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if got := rows.FieldDescriptions()[1].DataTypeOID; got != pgtype.Int8OID {
		t.Errorf("the number of an object has the type %d, want bigint", got)
	}
}
