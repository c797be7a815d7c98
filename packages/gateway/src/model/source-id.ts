/**
 * The prefix of every source's id. No key's id begins with it: a message from a source has the source's id in the place
 * of the key's.
 */
export const SOURCE_ID = "src_"
