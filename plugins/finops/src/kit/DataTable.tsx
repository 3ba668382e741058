// What scrolls must be reachable by keyboard, which the rule does not know.
/* eslint-disable jsx-a11y/no-noninteractive-tabindex */
import { makeStyles } from '@material-ui/core/styles';
import { Fragment, ReactNode, useMemo, useState } from 'react';
import { SortState, sortRows, SortValue } from '../figures/sortRows';
import { Button, IconButton } from './Button';
import { VisuallyHidden } from './Text';

/** Rows put into the page at once; more come by the button below the table. */
const ROWS_AT_ONCE = 50;

const useStyles = makeStyles(theme => ({
  scroll: {
    // Text for screen readers is placed absolutely and would widen the page, were it not for this.
    position: 'relative',
    overflowX: 'auto',
    maxWidth: '100%',
  },
  table: { width: '100%', borderCollapse: 'collapse', fontSize: '0.875rem' },
  cell: {
    padding: theme.spacing(0.75, 1),
    borderBottom: `1px solid ${theme.palette.divider}`,
    textAlign: 'left',
    verticalAlign: 'top',
    color: theme.palette.text.primary,
  },
  head: {
    color: theme.palette.text.secondary,
    fontWeight: 600,
    whiteSpace: 'nowrap',
  },
  number: {
    textAlign: 'right',
    fontVariantNumeric: 'tabular-nums',
    whiteSpace: 'nowrap',
  },
  sort: {
    font: 'inherit',
    color: 'inherit',
    background: 'none',
    border: 0,
    padding: 0,
    cursor: 'pointer',
    '&:focus-visible': {
      outline: `2px solid ${theme.palette.primary.main}`,
      outlineOffset: 2,
    },
  },
  toggle: {
    width: 36,
    padding: 0,
    borderBottom: `1px solid ${theme.palette.divider}`,
  },
  inner: { paddingLeft: theme.spacing(4), color: theme.palette.text.secondary },
  caption: {
    textAlign: 'left',
    captionSide: 'top',
    padding: theme.spacing(0, 0, 1),
    ...theme.typography.caption,
  },
  more: { paddingTop: theme.spacing(1) },
}));

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  readonly number?: boolean;
  readonly render: (row: Row) => ReactNode;
  /** Makes the column sortable. */
  readonly sortBy?: (row: Row) => SortValue;
}

export interface InnerRow {
  readonly key: string;
  /** By column id. */
  readonly cells: Readonly<Record<string, ReactNode>>;
}

/** A table that sorts, unfolds rows and stays quick with a thousand of them. */
export function DataTable<Row>(props: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  rowName?: (row: Row) => string;
  /** Rows one level down; a row without any cannot be unfolded. */
  innerRows?: (row: Row) => readonly InnerRow[];
  initialSort?: SortState;
}) {
  const { caption, columns, rows, rowKey, rowName = rowKey, innerRows } = props;
  const classes = useStyles();
  const [sort, setSort] = useState(props.initialSort);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [limit, setLimit] = useState(ROWS_AT_ONCE);

  const sorted = useMemo(() => {
    const sortBy = columns.find(({ id }) => id === sort?.column)?.sortBy;
    return sort && sortBy ? sortRows(rows, sortBy, sort.direction) : rows;
  }, [columns, rows, sort]);

  const toggleSort = (column: string) =>
    setSort(present => ({
      column,
      direction:
        present?.column === column && present.direction === 'descending'
          ? 'ascending'
          : 'descending',
    }));
  const toggleOpen = (key: string) =>
    setOpen(present => {
      const next = new Set(present);
      if (!next.delete(key)) {
        next.add(key);
      }
      return next;
    });
  const cellClass = (column: Column<Row>, ...more: string[]) =>
    [classes.cell, column.number ? classes.number : '', ...more].join(' ');

  return (
    <>
      <div
        className={classes.scroll}
        role="region"
        aria-label={caption}
        tabIndex={0}
      >
        <table className={classes.table}>
          <caption className={classes.caption}>{caption}</caption>
          <thead>
            <tr>
              {innerRows && (
                <th className={classes.toggle} scope="col">
                  <VisuallyHidden>Unfold</VisuallyHidden>
                </th>
              )}
              {columns.map(column => (
                <th
                  key={column.id}
                  scope="col"
                  className={cellClass(column, classes.head)}
                  aria-sort={
                    sort?.column === column.id ? sort.direction : undefined
                  }
                >
                  {column.sortBy ? (
                    <button
                      type="button"
                      className={classes.sort}
                      onClick={() => toggleSort(column.id)}
                    >
                      {column.title}
                      {sort?.column === column.id && (
                        <span aria-hidden>
                          {' '}
                          {sort.direction === 'ascending' ? '↑' : '↓'}
                        </span>
                      )}
                    </button>
                  ) : (
                    column.title
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, limit).map(row => {
              const key = rowKey(row);
              const inner = innerRows?.(row) ?? [];
              return (
                <Fragment key={key}>
                  <tr>
                    {innerRows && (
                      <td className={classes.toggle}>
                        {inner.length > 0 && (
                          <IconButton
                            label={`${
                              open.has(key) ? 'Fold' : 'Unfold'
                            } ${rowName(row)}`}
                            expanded={open.has(key)}
                            onClick={() => toggleOpen(key)}
                          >
                            <span aria-hidden>{open.has(key) ? '▾' : '▸'}</span>
                          </IconButton>
                        )}
                      </td>
                    )}
                    {columns.map((column, index) =>
                      index === 0 ? (
                        <th
                          key={column.id}
                          scope="row"
                          className={cellClass(column)}
                        >
                          {column.render(row)}
                        </th>
                      ) : (
                        <td key={column.id} className={cellClass(column)}>
                          {column.render(row)}
                        </td>
                      ),
                    )}
                  </tr>
                  {open.has(key) &&
                    inner.map(innerRow => (
                      <tr key={innerRow.key}>
                        <td className={classes.toggle} />
                        {columns.map((column, index) => (
                          <td
                            key={column.id}
                            className={cellClass(
                              column,
                              index === 0 ? classes.inner : '',
                            )}
                          >
                            {innerRow.cells[column.id]}
                          </td>
                        ))}
                      </tr>
                    ))}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      </div>
      {rows.length > limit && (
        <div className={classes.more}>
          <Button
            onClick={() => setLimit(present => present + 2 * ROWS_AT_ONCE)}
          >
            {`Show more (${limit} of ${rows.length.toLocaleString(
              'en-US',
            )} rows shown)`}
          </Button>
        </div>
      )}
    </>
  );
}
