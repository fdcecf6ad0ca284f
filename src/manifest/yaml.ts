// What is loaded only when there is YAML to read. Not yaml itself: that is CommonJS, and what import() has of
// such a module has no names in a bundle with splitting.
export { LineCounter, parseAllDocuments } from "yaml";
