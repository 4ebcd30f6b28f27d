/**
 * Sends a file as the raw body of a request and tells truthfully how far it is: bytes handed to the connection,
 * speed over the last seconds, and the time left only when there is enough to judge by.
 */

export interface UploadProgress {
  readonly sent: number;
  readonly total: number;
  /** Bytes a second over the last seconds; null until there is enough to judge by. */
  readonly speed: number | null;
  readonly secondsLeft: number | null;
}

export class UploadFailed extends Error {
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {
    super(`upload failed with ${status}`);
  }
}

export interface Sample {
  readonly at: number;
  readonly sent: number;
}

/** Speed over the last three seconds, and the time left once five per cent are sent. */
export function estimate(
  samples: readonly Sample[],
  total: number,
): Pick<UploadProgress, "speed" | "secondsLeft"> {
  const last = samples[samples.length - 1];
  const first = last && samples.find((s) => s.at >= last.at - 3000);
  if (!last || !first || last.at - first.at < 200) return { speed: null, secondsLeft: null };
  const speed = ((last.sent - first.sent) / (last.at - first.at)) * 1000;
  if (speed <= 0 || last.sent < total * 0.05) return { speed: null, secondsLeft: null };
  return { speed, secondsLeft: (total - last.sent) / speed };
}

/** Posts `file` to `address`; rejects with {@link UploadFailed} (status 0: the connection broke) or an AbortError. */
export function upload<T>(
  address: string,
  file: Blob,
  onProgress: (progress: UploadProgress) => void,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const samples: Sample[] = [{ at: performance.now(), sent: 0 }];
    const report = (sent: number) => {
      samples.push({ at: performance.now(), sent });
      onProgress({ sent, total: file.size, ...estimate(samples, file.size) });
    };
    request.open("POST", address);
    request.responseType = "json";
    request.setRequestHeader("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => report(event.loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as T);
      else reject(new UploadFailed(request.status, request.response));
    };
    request.onerror = () => reject(new UploadFailed(0, null));
    request.onabort = () => reject(new DOMException("The upload was stopped.", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}
