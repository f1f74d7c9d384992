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
	"pgroundtrip/internal/session"
)

// pg_dump and the record ask PostgreSQL's own functions for definitions, and these answer as of now. So a session that
// changes a function, a view or a type while a dump runs can make archive and record differ, or pg_dump fail. Such a
// dump is begun again; when that has no end, the archive is kept, and what may be wrong of its record is a gap.

//go:embed objects.sql
var objectsSQL string

const (
	mostTries = 5
	tryTime   = 2 * time.Minute // no new attempt after that
)

// errAgain marks an attempt during which objects changed, and that is to be begun again.
var errAgain = errors.New("another session changes objects while the dump runs")

// An object is a row of objects.sql.
type object struct {
	Kind        string
	OID         int64
	Name, State string
}

// An objectKey names an object for as long as it is there.
type objectKey struct {
	kind string
	oid  int64
}

// eachObject hands each object to do.
func eachObject(ctx context.Context, conn *pgx.Conn, do func(objectKey, object)) error {
	rows, err := conn.Query(ctx, session.Statement(objectsSQL))
	if err == nil {
		var o object
		_, err = pgx.ForEachRow(rows, []any{&o.Kind, &o.OID, &o.Name, &o.State}, func() error {
			do(objectKey{o.Kind, o.OID}, o)
			return nil
		})
	}
	if err != nil {
		err = fmt.Errorf("could not list the objects: %w", err)
	}
	return err
}

// listObjects keeps the objects of the snapshot.
func (r *Reading) listObjects(ctx context.Context) error {
	r.objects = map[objectKey]object{}
	return eachObject(ctx, r.conn, func(key objectKey, o object) { r.objects[key] = o })
}

// changed lists the objects of the snapshot that are gone by now, or changed, and forgets all: there may be many.
func (r *Reading) changed(ctx context.Context) ([]object, error) {
	before := r.objects
	r.objects = nil
	conn, err := r.From.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
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

// namesOf joins the names of objects, the first of them if there are many.
func namesOf(objects []object) string {
	var names []string
	for _, o := range objects {
		names = append(names, strings.TrimSpace(o.Kind+" "+o.Name))
	}
	return hint.List(slices.Compact(names))
}

// Settled makes of a step one that ends with errAgain if objects changed meanwhile and there may be another attempt.
func (r *Reading) Settled(step func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error { return r.settle(ctx, step(ctx)) }
}

// settle judges an attempt that ended with failure, or nil, by the objects that changed since its snapshot.
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
		if own := hint.Of(failure); own != "" { // what to do about the cause comes first
			advice = own + "; or " + settleHint
		}
		return &hint.Error{Err: fmt.Errorf("objects changed while the dump ran (%s): %w", namesOf(changed), failure),
			Hint: advice}
	case r.Strict:
		return &hint.Error{Err: fmt.Errorf("objects changed while the dump ran: %s", namesOf(changed)), Hint: settleHint}
	}
	r.distrust(changed)
	return nil
}

const settleHint = "dump when no other session creates, alters or drops objects"

// heldUp is a pg_dump that waits for a session that waits for us. Once our locks are gone that one has its turn.
var heldUp = regexp.MustCompile(`could not dump: (?s:.*)canceling statement due to statement timeout`)

// vanished is PostgreSQL's message about an object that is in the snapshot and has been dropped since.
var vanished = regexp.MustCompile(`cache lookup failed|could not open relation|does not exist|concurrently|could not find|syntax error at or near "\d+"`)

// distrust takes out of the record what may show the changed objects as they were at another moment: all definitions,
// sequences, and views that were refreshed. Rows of tables are as in the snapshot.
func (r *Reading) distrust(changed []object) {
	why := &hint.Error{Err: fmt.Errorf("objects changed while the dump ran: %s", namesOf(changed)), Hint: settleHint}
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
