/** What the engine went through: state changes, services that died, warnings. */
export const engineEvents = {
  name: '001-engine-events',
  sql: `
    CREATE TABLE engine_events (
      id INTEGER PRIMARY KEY,
      at TEXT NOT NULL,
      kind TEXT NOT NULL,
      detail TEXT NOT NULL CHECK (json_valid(detail))
    ) STRICT;
    CREATE INDEX engine_events_at ON engine_events (at);
  `,
}
