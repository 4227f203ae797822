/** Paths of the two protocols on engine.sock. In a file without zod, which a short-lived client need not load. */
export const socketPaths = { rpc: '/rpc', shell: '/shell' } as const
