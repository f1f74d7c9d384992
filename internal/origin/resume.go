package origin

import (
	"context"
	"fmt"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/take"
)

// question returns what identifies this run for -resume. It is refused if the moment is not exact: an interrupted run
// of a server in use saw other rows. A paused standby or a restored copy is identified by system identifier, timeline
// and replay LSN. A quiet primary is identified by its transaction counter: no transaction has ended or begun to
// write since, and the snapshot of this run shows the same state.
func (r *Reading) question(ctx context.Context) (take.Question, error) {
	m, place := r.Manifest, r.Manifest.Moment.Position()
	q := take.Question{SystemIdentifier: m.Source.SystemIdentifier, Database: m.Source.Database, Suite: m.Suite,
		SuiteSHA256: m.SuiteSHA256, KeySHA256: m.KeySHA256}
	switch {
	case m.Moment.Kind == moment.Paused:
		q.Moment = "paused at " + place.String()
		return q, nil
	case !r.Moment.Quiet:
		return q, hint.With(fmt.Errorf("-resume: the %s is in use: the interrupted run saw another snapshot, and other "+
			"rows", r.Server.Describe()),
			"record a standby whose replay is paused (-pause=keep) or a restored copy, or with -quiet")
	}
	var seen, checkpoint string // a crash empties unlogged tables without a transaction, and ends with a checkpoint
	err := r.conn.QueryRow(ctx, `select pg_catalog.pg_current_snapshot()::text, coalesce((
		select ', checkpoint ' || checkpoint_lsn from pg_catalog.pg_control_checkpoint()
		where exists (select from pg_catalog.pg_class where relpersistence = 'u' and relkind = 'r')), '')`).
		Scan(&seen, &checkpoint)
	q.Moment = fmt.Sprintf("quiet on timeline %d after the transactions %s%s", place.Timeline, seen, checkpoint)
	switch {
	case err != nil:
		return q, fmt.Errorf("could not read the transactions: %w", err)
	case seen != r.begun.Transactions:
		return q, fmt.Errorf("-quiet: another session wrote meanwhile: the transactions were %s, and are %s",
			r.begun.Transactions, seen)
	}
	return q, nil
}

// shared returns the options of a record that standbys help with, or that continues an interrupted run.
func (r *Reading) shared(ctx context.Context) (o take.Options, err error) {
	o.Helpers, o.Resume, o.OnProgress = r.standbys.Helpers, r.Resume, r.OnProgress
	if (len(o.Helpers) > 0 || o.Resume != nil) && r.Manifest.Moment.Kind == moment.Paused {
		o.Holds = r.standbys.Holds
	}
	if o.Resume != nil {
		o.Resume.Asked, err = r.question(ctx)
	}
	return o, err
}
