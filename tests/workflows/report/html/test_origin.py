from tropdsx.workflows.report.html.origin import origin_panel
from tropdsx.write.provenance import make_provenance


def test_command_stands_there_as_it_was_given():
    attrs = make_provenance("tropdsx convert 'a b.nc' --sigma", parameters={"target": 0.5})
    html = origin_panel(attrs)
    assert "<pre><code>tropdsx convert &#x27;a b.nc&#x27; --sigma</code></pre>" in html
    assert "&quot;target&quot;: 0.5" in html


def test_call_on_a_dataset_gets_its_parameters_back():
    parameters = {"target": 0.5, "sigma": True, "precision": "float32", "orography": None}
    attrs = make_provenance("ds.tropds.downscale(), tropdsx 0.2.0", parameters=parameters)
    call = "ds.tropds.downscale(sigma=True, target=0.5)"
    assert f"<pre><code>{call}</code></pre>" in origin_panel(attrs)


def test_nothing_recorded_is_said_and_attributes_are_shown():
    html = origin_panel({"title": "<script>alert(1)</script>"})
    assert "no provenance" in html
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "command is not recorded" in origin_panel({"tropdsx_version": "1"})


def test_call_with_parameters_stays_as_it_is():
    call = "ds.tropds.reconstruct(stations, method='oi')"
    html = origin_panel(make_provenance(call, parameters={"target": 0.5}))
    assert "<code>ds.tropds.reconstruct(stations, method=&#x27;oi&#x27;)</code>" in html
