/** A folder that a vm has by virtiofs. */
export interface VirtiofsFolder {
  /** The name the guest mounts it by. */
  tag: string
  /** The folder on the host. */
  folder: string
}
