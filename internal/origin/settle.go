package origin

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/session"
)

// pg_dump and the record read definitions through PostgreSQL's own functions, which show the current state, not that
// of the snapshot. If another session changes a function, a view or a type during a dump, archive and record can
// differ, or pg_dump can fail. Such a dump is started again. If that happens too often, the archive is kept, and the
// results that may be wrong are gaps.

//go:embed objects.sql
var objectsSQL string

const (
	mostTries = 5
	tryTime   = 2 * time.Minute // no new attempt after this time
)

// errAgain marks an attempt during which objects changed, and which should be repeated.
var errAgain = errors.New("another session changes objects while the dump runs")

// object is a row of objects.sql.
type object struct {
	Kind        string
	OID         int64
	Name, State string
}

// objectKey identifies an object during its lifetime.
type objectKey struct {
	kind string
	oid  int64
}

// eachObject calls do with each object.
func eachObject(ctx context.Context, conn *pgx.Conn, do func(objectKey, object)) error {
	rows, _ := conn.Query(ctx, session.Statement(objectsSQL)) // its error is that of the rows
	var o object
	_, err := pgx.ForEachRow(rows, []any{&o.Kind, &o.OID, &o.Name, &o.State}, func() error {
		do(objectKey{o.Kind, o.OID}, o)
		return nil
	})
	if err != nil {
		err = fmt.Errorf("could not list the objects: %w", err)
	}
	return err
}

// listObjects remembers the objects of the snapshot.
func (r *Reading) listObjects(ctx context.Context) (err error) {
	if r.transactions, err = moment.Transactions(ctx, r.conn); err != nil {
		return err
	}
	r.objects = map[objectKey]object{}
	return eachObject(ctx, r.conn, func(key objectKey, o object) { r.objects[key] = o })
}

// areAlone reports whether no transaction is open among those that Transactions returned, so that the next one that
// writes changes what it returns.
func areAlone(seen string) bool {
	oldest, rest, _ := strings.Cut(seen, ":")
	return rest == oldest+":"
}

// changed returns the objects of the snapshot that have been dropped or changed since. It forgets the remembered
// list, which can be large.
func (r *Reading) changed(ctx context.Context) ([]object, error) {
	before := r.objects
	r.objects = nil
	conn, err := r.From.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if now, err := moment.Transactions(ctx, conn); err != nil || now == r.transactions && areAlone(now) {
		return nil, err // no one has written anything
	}
	if err := session.Prepare(ctx, conn, r.Suite, session.DefaultRows); err != nil {
		return nil, err
	}
	if err := eachObject(ctx, conn, func(key objectKey, now object) {
		if o, wasThere := before[key]; wasThere && o.State == now.State {
			delete(before, key)
		}
	}); err != nil {
		return nil, err
	}
	changed := slices.Collect(maps.Values(before))
	slices.SortFunc(changed, func(a, b object) int { return strings.Compare(a.Kind+" "+a.Name, b.Kind+" "+b.Name) })
	return changed, nil
}

// namesOf joins the names of objects, and shortens a long list.
func namesOf(objects []object) string {
	var names []string
	for _, o := range objects {
		names = append(names, strings.TrimSpace(o.Kind+" "+o.Name))
	}
	return hint.List(slices.Compact(names))
}

// Settled wraps a step so that it returns errAgain if objects changed meanwhile and another attempt is allowed.
func (r *Reading) Settled(step func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error { return r.settle(ctx, step(ctx)) }
}

// settle decides about an attempt that ended with failure (may be nil), given the objects that changed since its
// snapshot.
func (r *Reading) settle(ctx context.Context, failure error) error {
	switch {
	case ctx.Err() != nil || failure == nil && r.record == nil:
		return failure
	case failure != nil && heldUp.MatchString(failure.Error()) && !r.isLast():
		return fmt.Errorf("%w: %w", errAgain, failure)
	case r.objects == nil && failure != nil && vanished.MatchString(failure.Error()) && !r.isLast():
		return fmt.Errorf("%w: %w", errAgain, failure)
	case r.objects == nil:
		return failure
	}
	changed, err := r.changed(ctx)
	switch {
	case err != nil && failure == nil:
		return err
	case err != nil, len(changed) == 0:
		return failure
	case !r.isLast():
		return fmt.Errorf("%w: %s", errAgain, namesOf(changed))
	case failure != nil:
		advice := settleHint
		if own := hint.Of(failure); own != "" { // the advice about the cause comes first
			advice = own + "; or " + settleHint
		}
		return hint.With(fmt.Errorf("objects changed while the dump ran (%s): %w", namesOf(changed), failure), advice)
	case r.Strict:
		return hint.With(fmt.Errorf("objects changed while the dump ran: %s", namesOf(changed)), settleHint)
	}
	r.distrust(changed)
	return nil
}

const settleHint = "dump when no other session creates, alters or drops objects"

// heldUp matches the error of a pg_dump that waited for a session which waits for this run's locks. That session can
// continue once this attempt has ended.
var heldUp = regexp.MustCompile(`could not dump: (?s:.*)canceling statement due to statement timeout`)

// vanished matches PostgreSQL's errors about objects that are in the snapshot but have been dropped since.
var vanished = regexp.MustCompile(`cache lookup failed|could not open relation|does not exist|concurrently|` +
	`could not find|syntax error at or near "\d+"`)

// distrust removes results that may show the changed objects as of another moment: all definitions, sequences, and
// tables if a materialized view was refreshed. Rows of ordinary tables are as in the snapshot.
func (r *Reading) distrust(changed []object) {
	why := hint.With(fmt.Errorf("objects changed while the dump ran: %s", namesOf(changed)), settleHint)
	refreshed := slices.ContainsFunc(changed, func(o object) bool { return o.Kind == "materialized view" })
	for i := len(r.queries) - 1; i >= 0; i-- {
		f := r.queries[i]
		if isTrusted := f.About.Class != "definition" && f.About.Grows == "" && !(f.About.Rows && refreshed); isTrusted {
			continue
		}
		r.gaps = slices.DeleteFunc(r.gaps, func(g gap) bool { return g.query == f.Name })
		r.gaps = append(r.gaps, gap{query: f.Name, cause: why})
		r.queries = slices.Delete(r.queries, i, i+1)
		r.record.Results = slices.Delete(r.record.Results, i, i+1)
	}
}
