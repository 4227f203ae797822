import pkg from '../../package.json' with { type: 'json' }

/** Cove's version, as in package.json. */
export const coveVersion: string = pkg.version
