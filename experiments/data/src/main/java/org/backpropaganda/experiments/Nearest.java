package org.backpropaganda.experiments;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** What somebody may have meant who wrote a word that is not there. */
public final class Nearest {
    private static final int PREFIX = 3;

    private Nearest() {}

    /** The known word that is a few letters away, or goes on where it ends, if there is one; in any case of letters. */
    public static Optional<String> of(String word, Collection<String> known) {
        String written = word.toLowerCase(Locale.ROOT);
        int most = Math.max(1, written.length() / 3);
        return known.stream()
                .filter(each -> away(written, each) <= most)
                .min(Comparator.<String>comparingInt(each -> away(written, each))
                        .thenComparing(Comparator.naturalOrder()));
    }

    private static int away(String written, String known) {
        String name = known.toLowerCase(Locale.ROOT);
        return written.length() >= PREFIX && name.startsWith(written) ? 1 : distance(written, name);
    }

    /** A question to stand behind the unknown word in a message, with a blank before it; nothing where no word is near. */
    public static String question(String word, Collection<String> known) {
        return of(word, known).map(near -> " (did you mean " + near + "?)").orElse("");
    }

    /** Letters to insert, take away, replace or swap with their neighbour. */
    private static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                boolean equal = a.charAt(i - 1) == b.charAt(j - 1);
                cost[i][j] =
                        Math.min(cost[i - 1][j - 1] + (equal ? 0 : 1), 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[a.length()][b.length()];
    }
}
