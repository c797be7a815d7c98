/** What the log says of an app whose stored secret is damaged. Its messages wait for the change that gives it anew. */
export const UNREADABLE_SECRET = "could not read the stored secret of the app; give it anew: wecom-push apps set NAME"
