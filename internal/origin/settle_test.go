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

// Transactions that are open may end, and change objects, without changing what is seen of others.
func TestOnlyASnapshotWithoutOpenTransactionsShowsThatNoOneWrote(t *testing.T) {
	for seen, want := range map[string]bool{"740:740:": true, "735:740:735": false, "735:740:": false, "740:740:740": false,
		"": false} {
		if got := areAlone(seen); got != want {
			t.Errorf("%q: %t, want %t", seen, got, want)
		}
	}
}
