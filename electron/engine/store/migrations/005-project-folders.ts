/** Folders with Compose files that the user opened. */
export const projectFolders = {
  name: '005-project-folders',
  sql: `CREATE TABLE project_folders (folder TEXT PRIMARY KEY, opened_at TEXT NOT NULL) STRICT;`,
}
