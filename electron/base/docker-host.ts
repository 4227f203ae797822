/** The value of DOCKER_HOST for docker's socket: `unix://` of a path, `npipe://` of a Windows pipe. */
export function dockerHost(dockerSocket: string): string {
  return dockerSocket.startsWith('\\\\.\\pipe\\') ? `npipe://${dockerSocket.replaceAll('\\', '/')}` : `unix://${dockerSocket}`
}
