package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The SHA-256 of a whole safetensors file, kept inside it: as the first metadata string, hence at a fixed place, and
 * computed with zeros in that place.
 */
final class Checksum {
    static final String KEY = "sha256";

    private static final int DIGITS = 64;
    private static final String ZEROS = "0".repeat(DIGITS);
    private static final int PLACE =
            Long.BYTES + ("{\"" + SafeTensorsJson.METADATA + "\":{\"" + KEY + "\":\"").length();

    private Checksum() {}

    /** The metadata of a file to be written, with room for the checksum. */
    static Map<String, String> roomIn(Map<String, String> metadata) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put(KEY, ZEROS);
        all.putAll(metadata);
        return all;
    }

    /** Writes a file with that metadata and puts the checksum in. */
    static void write(SafeTensorsLayout layout, FileChannel channel) throws IOException {
        MessageDigest digest = sha256();
        layout.write(bytes -> {
            digest.update(bytes.duplicate());
            AtomicFile.writeFully(channel, bytes);
        });
        long end = channel.position();
        channel.position(PLACE);
        AtomicFile.writeFully(channel, ByteBuffer.wrap(hex(digest).getBytes(StandardCharsets.US_ASCII)));
        channel.position(end);
    }

    /**
     * Reads a whole file.
     *
     * @throws TensorFileException if it has no checksum, or another one than its bytes
     */
    static void verify(SafeTensorsFile file) throws IOException {
        Path path = file.path();
        FileChannel channel = file.channel();
        String kept = file.metadata().get(KEY);
        if (kept == null || kept.length() != DIGITS || channel.size() < PLACE + DIGITS) {
            throw new TensorFileException(path, "has no checksum; is it a training state?");
        }
        MessageDigest digest = sha256();
        ByteBuffer piece = ByteBuffer.allocate((int) Math.min(Elements.PIECE, channel.size()));
        for (long at = 0; at < channel.size(); at += Elements.PIECE) {
            piece.clear().limit((int) Math.min(Elements.PIECE, channel.size() - at));
            SafeTensorsFile.readFully(path, channel, at, piece);
            if (at == 0) {
                piece.put(PLACE, ZEROS.getBytes(StandardCharsets.US_ASCII));
            }
            digest.update(piece.flip());
        }
        String found = hex(digest);
        if (!found.equals(kept)) {
            throw new TensorFileException(
                    path, "is corrupt: its bytes have the SHA-256 " + found + ", it was written with " + kept);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
