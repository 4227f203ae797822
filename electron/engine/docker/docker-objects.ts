import { z } from 'zod'
import { parseAnswer, parseJson, unlessMissing } from './docker-reader.ts'
import { DockerRefusal, readText, type DockerRequest, type SendDocker } from './docker-request.ts'
import { ContainerSummary, DiskSizes, ImageDetail, ImageSummary, Network, SystemInfo, Volume } from './docker-shapes.ts'

/** A container that is made and never started: its volume can be read and written through Docker. */
export interface IdleContainer {
  image: string
  labels: Record<string, string>
  volume: string
  /** Where the volume is mounted in it. */
  target: string
  /** Docker refuses to write anywhere but into the volume. */
  isReadOnly?: boolean
}

/** What to make a volume or network of. */
export interface NewVolume {
  Name: string
  Driver: string
  DriverOpts: Record<string, string>
  Labels: Record<string, string>
}

/** The objects of one Docker and their contents as streams. Every call throws DockerRefusal or `docker.unreachable`. */
export class DockerObjects {
  readonly #send: SendDocker
  readonly #signal: AbortSignal

  constructor(send: SendDocker, signal: AbortSignal) {
    this.#send = send
    this.#signal = signal
  }

  info = (): Promise<SystemInfo> => this.#get('/info', SystemInfo)
  images = (): Promise<ImageSummary[]> => this.#get('/images/json', z.array(ImageSummary))
  volumes = async (): Promise<Volume[]> => (await this.#get('/volumes', z.object({ Volumes: z.array(Volume).nullish() }))).Volumes ?? []
  networks = (): Promise<Network[]> => this.#get('/networks', z.array(Network))
  containers = (filters: Record<string, string[]> = {}): Promise<ContainerSummary[]> =>
    this.#get(`/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify(filters))}`, z.array(ContainerSummary))

  /** Bytes of every volume; Docker counts their files, so it takes its time. */
  async volumeSizes(): Promise<Map<string, number>> {
    const { Volumes } = await this.#get('/system/df?type=volume', DiskSizes, { silenceMs: longSilenceMs })
    return new Map((Volumes ?? []).map(({ Name, UsageData }) => [Name, UsageData?.Size ?? -1]))
  }

  /** Undefined when there is none. */
  image(reference: string): Promise<ImageDetail | undefined> {
    return unlessMissing(this.#get(`/images/${encodeURIComponent(reference)}/json`, ImageDetail))
  }

  volume(name: string): Promise<Volume | undefined> {
    return unlessMissing(this.#get(`/volumes/${encodeURIComponent(name)}`, Volume))
  }

  /** One docker-save archive of several images: what they share is in it once. Docker gathers it on its own disk first. */
  saveImages(names: readonly string[]): Promise<AsyncGenerator<Buffer, void>> {
    const query = names.map((name) => `names=${encodeURIComponent(name)}`).join('&')
    return this.#send({ method: 'GET', path: `/images/get?${query}`, signal: this.#signal, silenceMs: longSilenceMs })
  }

  async loadImages(tar: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#feed({ method: 'POST', path: '/images/load?quiet=1', tar, silenceMs: longSilenceMs })
  }

  /** Makes an image of a file tree's tar, with a label. */
  async importImage({ repository, tag, label, tar }: { repository: string; tag: string; label: string; tar: AsyncIterable<Uint8Array> }): Promise<void> {
    const query = { fromSrc: '-', repo: repository, tag, changes: `LABEL ${label}=1` }
    await this.#feed({ method: 'POST', path: `/images/create?${new URLSearchParams(query).toString()}`, tar })
  }

  async tagImage(reference: string, { repository, tag }: { repository: string; tag: string }): Promise<void> {
    await this.#do({ method: 'POST', path: `/images/${encodeURIComponent(reference)}/tag?repo=${encodeURIComponent(repository)}&tag=${encodeURIComponent(tag)}` })
  }

  removeImage = (reference: string): Promise<void> => this.#remove(`/images/${encodeURIComponent(reference)}`)
  createVolume = (volume: NewVolume): Promise<void> => this.#do({ method: 'POST', path: '/volumes/create', json: volume })
  removeVolume = (name: string): Promise<void> => this.#remove(`/volumes/${encodeURIComponent(name)}`)
  createNetwork = (network: Record<string, unknown>): Promise<void> => this.#do({ method: 'POST', path: '/networks/create', json: network })
  removeNetwork = (id: string): Promise<void> => this.#remove(`/networks/${encodeURIComponent(id)}`)
  removeContainer = (id: string): Promise<void> => this.#remove(`/containers/${encodeURIComponent(id)}?force=1`)

  /** Its id. */
  async createIdle({ image, labels, volume, target, isReadOnly = false }: IdleContainer): Promise<string> {
    const json = {
      Image: image,
      Cmd: ['never-started'],
      Labels: labels,
      NetworkDisabled: true,
      HostConfig: { NetworkMode: 'none', ReadonlyRootfs: isReadOnly, Mounts: [{ Type: 'volume', Source: volume, Target: target, VolumeOptions: { NoCopy: true } }] },
    }
    return z.object({ Id: z.string() }).parse(JSON.parse(await this.#text({ method: 'POST', path: '/containers/create', json }))).Id
  }

  /** A path of a container as tar; owners, modes, links and devices are kept, times to the second, extended attributes only capabilities. */
  readTree(container: string, path: string): Promise<AsyncGenerator<Buffer, void>> {
    return this.#send({ method: 'GET', path: `/containers/${container}/archive?path=${encodeURIComponent(path)}`, signal: this.#signal, silenceMs: longSilenceMs })
  }

  /** Unpacks a tar below a path of a container; Docker does so in a chroot of that container. */
  async writeTree({ container, path, tar }: { container: string; path: string; tar: AsyncIterable<Uint8Array> }): Promise<void> {
    await this.#do({ method: 'PUT', path: `/containers/${container}/archive?path=${encodeURIComponent(path)}`, tar, silenceMs: longSilenceMs })
  }

  async #get<T>(path: string, schema: z.ZodType<T>, more: Partial<DockerRequest> = {}): Promise<T> {
    return parseAnswer(path, schema, await this.#text({ method: 'GET', path, ...more }))
  }

  async #text(request: Omit<DockerRequest, 'signal'>): Promise<string> {
    return readText(await this.#send({ ...request, signal: this.#signal }), longestAnswer)
  }

  async #do(request: Omit<DockerRequest, 'signal'>): Promise<void> {
    await this.#text(request)
  }

  async #remove(path: string): Promise<void> {
    await unlessMissing(this.#do({ method: 'DELETE', path }))
  }

  /** Sends a tar whose outcome Docker tells in lines of JSON after HTTP 200. */
  async #feed(request: Omit<DockerRequest, 'signal'>): Promise<void> {
    for (const line of (await this.#text(request)).split('\n')) {
      if (!line.includes('"error"')) continue
      const said = z.object({ error: z.string() }).safeParse(parseJson(line))
      if (said.success) throw new DockerRefusal(200, `${request.method} ${request.path.split('?')[0] ?? ''}`, said.data.error)
    }
  }
}

/** While Docker works through gigabytes on its own disk it says nothing. */
const longSilenceMs = 15 * 60_000
const longestAnswer = 64 * 1024 * 1024
