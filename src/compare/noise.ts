/** In bytes. Compressing the same files with other time stamps changes a gzip layer by a few dozen bytes. */
export const defaultNoise = 1_000
