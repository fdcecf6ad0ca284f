import { linuxGuest } from "../../src/guest/linux/guest.ts";
import type { GuestSettings } from "../../src/guest/settings.ts";

/** What a Linux guest is told in these tests. */
export const SETTINGS: GuestSettings = {
  mountTag: "aws-iam-token",
  mountPath: "/aws-iam-token",
  tokenName: "token",
  tokenReaders: "everyone",
  variables: new Map([
    ["AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/vm"],
    ["AWS_WEB_IDENTITY_TOKEN_FILE", "/run/aws-iam-token/token"],
  ]),
};

/** The boothook that brings a guest to some settings. */
export const boothookFor = (settings: GuestSettings) => linuxGuest.parts(settings).first;

/** What those settings are in /etc/environment. */
export const BLOCK = `# BEGIN eks-irsa-sidecar
# Written anew on every boot; the lines outside of this block are yours.
AWS_ROLE_ARN=arn:aws:iam::111122223333:role/vm
AWS_WEB_IDENTITY_TOKEN_FILE=/run/aws-iam-token/token
# END eks-irsa-sidecar
`;
