/** User data for the tests of what switches cloud-init off. */
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { cloudInitOff } from "../../../../src/operator/check/user_data/cloud_init_off.ts";

/** The file that keeps cloud-init from starting. */
export const DISABLED = "/etc/cloud/cloud-init.disabled";
/** A text in base64. */
export const base64 = (text: string) => Buffer.from(text).toString("base64");
/** A text in base64, packed with gzip. */
export const packed = (text: string) => gzipSync(text).toString("base64");
/** A cloud-config of some lines. */
export const config = (...lines: readonly string[]) => ["#cloud-config", ...lines, ""].join("\n");
/** A script for the shell. */
export const script = (...lines: readonly string[]) => ["#!/bin/sh", ...lines, ""].join("\n");
/** A cloud-config with one entry of runcmd. */
export const runcmd = (entry: string) => config("runcmd:", `  - ${entry}`);
/** A cloud-config that writes one file. */
export const file = (path: string, ...lines: readonly string[]) =>
  config("write_files:", `  - path: ${path}`, ...lines.map((line) => `    ${line}`));
/** A script in the arguments of `sh -c`, some times. */
export const inShells = (command: string, times: number): string =>
  times === 0 ? command : inShells(`sh -c '${command.replaceAll("'", "'\\''")}'`, times - 1);
/** A message in messages. */
export const inMessages = (part: string, times: number): string =>
  times === 0 ? part : inMessages(
    `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b${times}\n\n--b${times}\n${part}\n--b${times}--\n`,
    times - 1,
  );
/** A message with some parts. */
export const message = (...parts: readonly string[]) =>
  'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n' +
  parts.map((part) => `--b\n${part}\n`).join("") + "--b--\n";

/** What switches cloud-init off in user data. */
export const off = (userData: string) => cloudInitOff(new TextEncoder().encode(userData));
