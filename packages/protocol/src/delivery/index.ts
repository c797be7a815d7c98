// What follows from what WeCom says, written once for whoever sends: SDK and gateway.
export { MEDIA_GONE, TASK_ID_KNOWN, tellsOfAllTries } from "./repeated-answer.ts"
