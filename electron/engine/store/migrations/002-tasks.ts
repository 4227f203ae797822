/** Pieces of work with their outcome. */
export const tasks = {
  name: '002-tasks',
  sql: `
    CREATE TABLE tasks (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      started_at TEXT NOT NULL,
      ended_at TEXT,
      outcome TEXT NOT NULL CHECK (outcome IN ('running', 'done', 'failed', 'cancelled', 'lost')),
      error TEXT
    ) STRICT;
    CREATE INDEX tasks_started_at ON tasks (started_at);
  `,
}
