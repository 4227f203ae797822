import { z } from 'zod'

const texts = z.record(z.string(), z.string()).nullish().transform((value) => value ?? {})
const list = z.array(z.string()).nullish().transform((value) => value ?? [])

/** The parts of Docker's answers that are used, as its API describes them; what else comes is dropped. */
export const SystemInfo = z.object({ ID: z.string(), ServerVersion: z.string(), OSType: z.string().default('linux'), Architecture: z.string().default('') })
export type SystemInfo = z.infer<typeof SystemInfo>

export const ImageSummary = z.object({ Id: z.string(), RepoTags: list, Size: z.number().default(0), Labels: texts })
export type ImageSummary = z.infer<typeof ImageSummary>

export const ImageDetail = z.object({
  Id: z.string(),
  RepoTags: list,
  Created: z.string().nullish(),
  Architecture: z.string().default(''),
  Os: z.string().default(''),
  Size: z.number().default(0),
  RootFS: z.object({ Layers: list }),
  Config: z
    .object({ Cmd: list, Entrypoint: list, Env: list, WorkingDir: z.string().default(''), User: z.string().default(''), Labels: texts })
    .partial()
    .nullish(),
})
export type ImageDetail = z.infer<typeof ImageDetail>

export const Volume = z.object({ Name: z.string(), Driver: z.string(), Mountpoint: z.string().default(''), Labels: texts, Options: texts, Scope: z.string().default('local') })
export type Volume = z.infer<typeof Volume>

export const AddressRange = z
  .object({ Subnet: z.string(), IPRange: z.string(), Gateway: z.string(), AuxiliaryAddresses: z.record(z.string(), z.string()).nullable() })
  .partial()

export const Network = z.object({
  Id: z.string(),
  Name: z.string(),
  Scope: z.string().default('local'),
  Driver: z.string(),
  EnableIPv6: z.boolean().default(false),
  Internal: z.boolean().default(false),
  Attachable: z.boolean().default(false),
  Ingress: z.boolean().default(false),
  IPAM: z.object({ Driver: z.string().default('default'), Options: texts, Config: z.array(AddressRange).nullish().transform((value) => value ?? []) }),
  Options: texts,
  Labels: texts,
})
export type Network = z.infer<typeof Network>

export const ContainerSummary = z.object({
  Id: z.string(),
  Names: list,
  Image: z.string(),
  ImageID: z.string(),
  State: z.string(),
  Labels: texts,
  Mounts: z.array(z.object({ Type: z.string(), Name: z.string().optional() })).nullish().transform((value) => value ?? []),
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()).nullish() }).nullish(),
})
export type ContainerSummary = z.infer<typeof ContainerSummary>

/** `GET /system/df` */
export const DiskSizes = z.object({
  Volumes: z.array(z.object({ Name: z.string(), UsageData: z.object({ Size: z.number() }).nullish() })).nullish(),
})
