/** The places that secrets are sealed for. */
export const sealedPlaces = {
  app: (name: string): string => `app ${name}`,
  source: (id: string): string => `source ${id}`,
  token: (key: string): string => `token ${key}`,
}
