/** Labels of what Cove makes in Docker for a moment of its own, to reach into volumes: each of one part of the engine. */
export const ownLabels = { files: 'org.cove.files', transfer: 'org.cove.transfer' } as const

/** Whether labels say that something is Cove's own: nobody is shown it. */
export function isOwn(labels: Readonly<Record<string, string>>): boolean {
  return Object.values(ownLabels).some((label) => labels[label] !== undefined)
}
