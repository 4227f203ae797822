/** Builds with their steps. */
export const builds = {
  name: '006-builds',
  sql: `
    CREATE TABLE builds (
      id INTEGER PRIMARY KEY,
      started_at TEXT NOT NULL,
      build TEXT NOT NULL CHECK (json_valid(build)),
      steps TEXT NOT NULL CHECK (json_valid(steps))
    ) STRICT;
  `,
}
