import { z } from 'zod'

/** A file in the image's own folder, never a path. */
const FileName = z.string().max(128).regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, 'must be a plain file name')
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a lower-case sha256')
const Artefact = z.object({ file: FileName, bytes: z.int().positive(), sha256: Sha256 })

/** What makes up a guest image; written beside it by scripts/guest, read at every boot. */
export const GuestManifest = z.object({
  format: z.literal(1),
  arch: z.enum(['amd64', 'arm64']),
  /** Hash of everything the image is built from. */
  recipe: z.string().min(1).max(128),
  kernelVersion: z.string(),
  dockerVersion: z.string(),
  artefacts: z.object({
    kernel: z.discriminatedUnion('encoding', [
      Artefact.extend({ encoding: z.literal('none') }),
      Artefact.extend({ encoding: z.literal('zstd'), decodedBytes: z.int().positive(), decodedSha256: Sha256 }),
    ]),
    initrd: Artefact,
    root: Artefact,
  }),
  packages: z.array(z.object({ name: z.string(), version: z.string(), architecture: z.string(), sha256: z.string() })),
})
export type GuestManifest = z.infer<typeof GuestManifest>
export type Artefact = z.infer<typeof Artefact>
