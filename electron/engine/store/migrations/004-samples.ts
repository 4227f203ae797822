/** What containers used, for an hour. */
export const samples = {
  name: '004-samples',
  sql: `
    CREATE TABLE samples (
      container TEXT NOT NULL,
      at INTEGER NOT NULL,
      usage TEXT NOT NULL CHECK (json_valid(usage)),
      PRIMARY KEY (container, at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX samples_at ON samples (at);
  `,
}
