/** Moving files between this machine and any store: whole or not at all, many at a time. */
export { Patience } from "../http/patience.ts";
export { fetchFile, type Fetched, type FetchFileOptions } from "./transfer/fetch-file.ts";
export { fetchFolder, type FetchFolderOptions } from "./transfer/fetch-folder.ts";
export {
  publishFiles,
  type FileToPublish,
  type PublishedFile,
  type PublishFilesOptions,
} from "./transfer/publish-files.ts";
export { probeFolder } from "./probe-folder.ts";
export { isStillPublished } from "./transfer/still-published.ts";
export { readWhole, type ReadWholeOptions, type WholeFile } from "./transfer/read-whole.ts";
