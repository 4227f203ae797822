/** What each piece of work was done to. */
export const taskSubjects = {
  name: '003-task-subjects',
  sql: `ALTER TABLE tasks ADD COLUMN subject TEXT NOT NULL DEFAULT '';`,
}
