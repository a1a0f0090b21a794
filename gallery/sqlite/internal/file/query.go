package file

import (
	"context"
	"database/sql"
	"time"
)

// Queryer is a connection or a transaction.
type Queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Each runs a query and calls f for each row. It looks at ctx from time to time; the query itself runs without, since
// the driver would start a goroutine for each.
func Each(ctx context.Context, q Queryer, f func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(context.Background(), query, args...)
	if err != nil {
		return Wrap(err)
	}
	defer rows.Close()
	for n := 0; rows.Next(); n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := f(rows); err != nil {
			return Wrap(err)
		}
	}
	return Wrap(rows.Err())
}

// Column returns the one column of a query.
func Column(ctx context.Context, q Queryer, query string, args ...any) ([]int64, error) {
	var out []int64
	err := Each(ctx, q, func(rows *sql.Rows) error {
		var n int64
		err := rows.Scan(&n)
		out = append(out, n)
		return err
	}, query, args...)
	return out, err
}

// Now is the current time as the gallery stores it, microseconds since 1970 UTC.
func Now() int64 { return time.Now().UnixMicro() }

// Time is a stored time.
func Time(us int64) time.Time { return time.UnixMicro(us).UTC() }
