/** Style sheets are bundled by vite; nothing is imported from them. */
declare module '*.css'
