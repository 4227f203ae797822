/** What one input of a build looked like: size and modification time in ms. */
export declare function fingerprint(file: string): string
/** Whether every input that a build recorded in `stampFile` still looks as it did. */
export declare function isFresh(root: string, stampFile: string): boolean
