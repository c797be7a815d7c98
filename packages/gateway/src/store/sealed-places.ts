/** The places that secrets are sealed for. */
export const sealedPlaces = {
  app: (name: string): string => `app ${name}`,
  token: (key: string): string => `token ${key}`,
}
