package org.backpropaganda.autograd.technique;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Numbers of bytes as a user writes them: {@code 1048576}, {@code 1048576B}, {@code 1024KiB}, {@code 1MiB}. */
public final class ByteSize {
    private static final Pattern BYTES = Pattern.compile("(?<number>[0-9]+)(?<unit>B|KiB|MiB|GiB)?");

    private ByteSize() {}

    /**
     * The bytes that something written stands for.
     *
     * @throws IllegalArgumentException if it stands for none, for nothing, or for more than a {@code long} counts; the message is
     *     a clause that quotes it
     */
    public static long parse(String written) {
        Matcher matcher = BYTES.matcher(written);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + written
                    + "' is no number of bytes: give bytes, or a number with a unit B, KiB, MiB or GiB, as 200MiB");
        }
        long bytes;
        try {
            bytes = Math.multiplyExact(Long.parseLong(matcher.group("number")), unit(matcher.group("unit")));
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'" + written + "' is more than " + Long.MAX_VALUE + " bytes, which no machine has", e);
        }
        if (bytes < 1) {
            throw new IllegalArgumentException("a budget of " + written + " has room for nothing");
        }
        return bytes;
    }

    private static long unit(@Nullable String unit) {
        if (unit == null) {
            return 1;
        }
        return switch (unit) {
            case "B" -> 1;
            case "KiB" -> 1L << 10;
            case "MiB" -> 1L << 20;
            default -> 1L << 30;
        };
    }
}
