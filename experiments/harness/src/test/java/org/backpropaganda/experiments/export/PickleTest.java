package org.backpropaganda.experiments.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Against the bytes of {@code pickle.dumps(value, 2)} of CPython 3. */
class PickleTest {
    private static String hex(Object value) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Pickle.write(out, value);
        return HexFormat.of().formatHex(out.toByteArray());
    }

    @Test
    void writesWhatCPythonWrites() throws IOException {
        Map<Object, String> golden = new LinkedHashMap<>();
        golden.put("a", "800258010000006171002e");
        golden.put(5, "80024b052e");
        golden.put(255, "80024bff2e");
        golden.put(256, "80024d00012e");
        golden.put(65535, "80024dffff2e");
        golden.put(65536, "80024a000001002e");
        golden.put(-1, "80024affffffff2e");
        golden.put(2147483647L, "80024affffff7f2e");
        golden.put(2147483648L, "80028a0500000080002e");
        golden.put(-2147483649L, "80028a05ffffff7fff2e");
        golden.put(1.5, "8002473ff80000000000002e");
        golden.put(List.of(), "80025d71002e");
        golden.put(List.of(1), "80025d71004b01612e");
        golden.put(List.of(1, 2), "80025d7100284b014b02652e");
        golden.put(Map.of(), "80027d71002e");
        golden.put(Map.of("a", 1), "80027d710058010000006171014b01732e");
        for (Map.Entry<Object, String> each : golden.entrySet()) {
            assertThat(hex(each.getKey())).as("%s", each.getKey()).isEqualTo(each.getValue());
        }
    }

    @Test
    void aStringThatComesAgainIsTheSameObject() throws IOException {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("a", 1);
        map.put("b", List.of("a"));
        assertThat(hex(map)).isEqualTo("80027d71002858010000006171014b0158010000006271025d7103680161752e");
    }

    @Test
    void longListsAreWrittenInBatches() throws IOException {
        List<Object> long1 = new ArrayList<>();
        for (int i = 0; i < 1001; i++) {
            long1.add(7);
        }
        // "(", a thousand times "K 07", "e", and the last in a batch of its own.
        assertThat(hex(long1)).isEqualTo("80025d710028" + "4b07".repeat(1000) + "65284b0765" + "2e");
    }

    @Test
    void refusesWhatItCannotWrite() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> hex(List.of(1.5f)))
                .withMessage("pickle: no way to write a java.lang.Float");
    }
}
